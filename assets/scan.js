// Reads one QR code with the phone's camera, where the browser can; used by the till's page.
// Resolves to {text} when it has read one, {} when it was left, {failed: true} without a camera.
window.astronote = Object.assign(window.astronote || {}, {
  async scan(id) {
    const video = document.getElementById(id);
    if (!video || video.srcObject) return {};
    let camera;
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = camera;
      video.hidden = false;
      await video.play();
      const until = Date.now() + 60000;
      while (video.isConnected && Date.now() < until) {
        const seen = await detector.detect(video);
        if (seen.length) return { text: seen[0].rawValue };
        await new Promise((go) => setTimeout(go, 150));
      }
      return {};
    } catch {
      return { failed: true };
    } finally {
      if (camera) camera.getTracks().forEach((track) => track.stop());
      video.hidden = true;
      video.srcObject = null;
    }
  },
});

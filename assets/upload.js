// Sends a chosen file to a route of ours and moves a bar while it goes.
// Used by the import page through a handler's script; resolves to {status, body}.
window.astronote = Object.assign(window.astronote || {}, {
  upload(input, url, fields, bar, method = "POST") {
    const file = document.getElementById(input).files[0];
    const moving = document.getElementById(bar);
    if (!file) return Promise.resolve({ status: 0, body: { detail: "Choose a file first." } });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", file, file.name);
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const lost = { detail: "The connection was lost while the file was sent. Try again." };
      const end = (answer) => {
        if (moving) moving.hidden = true;
        resolve(answer);
      };
      request.open(method, url);
      request.responseType = "json";
      request.upload.onprogress = (sent) => {
        if (moving && sent.lengthComputable) moving.value = (100 * sent.loaded) / sent.total;
      };
      request.onload = () => {
        const { status, response } = request;
        const body = response || { detail: "The server gave no answer that can be read. Try again." };
        end({ status, body, name: file.name });
      };
      request.onerror = () => end({ status: 0, body: lost });
      request.onabort = request.onerror;
      if (moving) {
        moving.hidden = false;
        moving.value = 0;
      }
      request.send(form);
    });
  },
});

"""Passwords of ten characters and more that everybody tries first."""

_LISTED = """
    0000000000 0123456789 0987654321 1111111111 1212121212 1234512345 123456123! 1234561234
    12345612345 123456123456 1234561234567 1234562024 1234562025 1234562026 1234567890
    12345678910 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 6912345678 9876543210 abc123123!
    abc1231234 abc12312345 abc123123456 abc1231234567 abc1232024 abc1232025 abc1232026
    abc123abc123 abcd1234567 abcdefghij admin12345 admin123456 admin1234567 adminadmin
    administrator asdfghjkl1 astronote! astronote01 astronote1 astronote1! astronote12
    astronote123 astronote123! astronote1234 astronote12345 astronote123456 astronote1234567
    astronote2024 astronote2025 astronote2026 astronoteastronote athina1234 batman123!
    batman1234 batman12345 batman123456 batman1234567 batman2024 batman2025 batman2026
    batmanbatman changeme12 changeme123 dragon123! dragon1234 dragon12345 dragon123456
    dragon1234567 dragon2024 dragon2025 dragon2026 dragondragon ellada1234 ellada2004
    football01 football1! football12 football123 football123! football1234 football12345
    football123456 football1234567 football2024 football2025 football2026 footballfootball
    iloveyou01 iloveyou1! iloveyou12 iloveyou123 iloveyou123! iloveyou1234 iloveyou12345
    iloveyou123456 iloveyou1234567 iloveyou2024 iloveyou2025 iloveyou2026 iloveyouiloveyou
    kalimera123 kodikos123 letmein123 letmein123! letmein1234 letmein12345 letmein123456
    letmein1234567 letmein2024 letmein2025 letmein2026 letmeinletmein master123! master1234
    master12345 master123456 master1234567 master2024 master2025 master2026 mastermaster
    monkey123! monkey1234 monkey12345 monkey123456 monkey1234567 monkey2024 monkey2025
    monkey2026 monkeymonkey olympiacos olympiakos p@ssw0rd123 p@ssword123 panathinaikos
    passw0rd123 password01 password1! password12 password123 password123! password1234
    password12345 password123456 password1234567 password2024 password2025 password2026
    passwordpassword princess01 princess1! princess12 princess123 princess123! princess1234
    princess12345 princess123456 princess1234567 princess2024 princess2025 princess2026
    princessprincess q1w2e3r4t5 qazwsxedcr qwerty123! qwerty1234 qwerty12345 qwerty123456
    qwerty1234567 qwerty2024 qwerty2025 qwerty2026 qwertyqwerty qwertyuiop qwertyuiop123
    shadow123! shadow1234 shadow12345 shadow123456 shadow1234567 shadow2024 shadow2025
    shadow2026 shadowshadow sunshine01 sunshine1! sunshine12 sunshine123 sunshine123!
    sunshine1234 sunshine12345 sunshine123456 sunshine1234567 sunshine2024 sunshine2025
    sunshine2026 sunshinesunshine superman01 superman1! superman12 superman123 superman123!
    superman1234 superman12345 superman123456 superman1234567 superman2024 superman2025
    superman2026 supermansuperman thessaloniki trustno101 trustno11! trustno112 trustno1123
    trustno1123! trustno11234 trustno112345 trustno1123456 trustno11234567 trustno12024
    trustno12025 trustno12026 trustno1trustno1 welcome123 welcome123! welcome1234
    welcome12345 welcome123456 welcome1234567 welcome2024 welcome2025 welcome2026
    welcomewelcome zaq12wsxcde
"""

COMMON_PASSWORDS = frozenset(_LISTED.split())

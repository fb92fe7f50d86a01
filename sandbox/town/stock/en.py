"""English words of the town, for those who live in the North without its languages yet."""

from sandbox.town.stock.shape import Stock

STOCK = Stock(
    language="en",
    openings=("Hi!", "Hi Havbris,", "Hello?", "Good morning.", "Hey,", "So,", "Quick question:", "", "", ""),
    closings=(
        "Hope to hear from you soon.",
        "Anyone know?",
        "Cheers",
        "Thanks in advance!",
        "Still waiting.",
        "Sort it out please.",
        "",
        "",
        "",
        "",
    ),
    emoji=("😊", "😡", "🙄", "👏", "🤔", "😅", "📶", "🙏"),
    slots={
        "place": ("Oslo", "Malmö", "Copenhagen", "Espoo", "Bergen", "Gothenburg", "our cabin near Røros", "Tromsø"),
        "day": ("Monday", "last night", "Wednesday", "the weekend", "last week", "this morning"),
        "device": ("my iPhone", "my Samsung", "the tablet", "the router", "my work phone", "my old handset"),
        "speed": ("0.4 Mbit", "2 Mbit", "under 1 Mbit", "3 Mbit on a good day"),
        "sum": ("249 kr", "349 kr", "498 kr", "1190 kr", "79 kr"),
        "land": ("Spain", "Thailand", "the UK", "Switzerland", "Turkey", "the US"),
        "kin": ("my mum", "my teenager", "my partner", "grandad", "the kids"),
    },
    lines={
        "slow": (
            "Only getting {speed} on Fri Fart in {place} since {day}. Is something broken?",
            "Internet has been dead on {device} since {day}",
            "4G crawling again in {place}. Restarted {device} five times now.",
            "Anyone else stuck at snail speed? {speed} right in {place}",
            "I pay for Fri Fart and get {speed}. Could you look at {place}?",
        ),
        "price": (
            "What does Fri Fart cost once the campaign ends?",
            "Is it {sum} a month no matter how much data I use?",
            "Is there a family discount if {kin} joins Fri Fart too?",
            "The site says {sum} and the app says something else. Which is it?",
            "Any student price? {sum} is a bit steep for me",
        ),
        "coverage": (
            "No coverage at all near {place}. When are you coming here?",
            "Will there be 5G in {place} before the next ice age?",
            "Your map shows full bars in {place}. {device} shows none.",
            "My call drops every time I drive past {place}. Every. Single. Time.",
        ),
        "praise": (
            "Called about {day} and had help in two minutes. Brilliant service!",
            "Fri Fart has been flawless in {place}, very happy.",
            "Switched to you and it went without a hitch. Thank you!",
            "Finally a company that answers. Told {kin} about you too",
        ),
        "invoice": (
            "Why is my bill {sum} this month? The contract says less.",
            "Got a reminder for a bill I have already paid!!",
            "I was charged {sum} for an add-on I never ordered.",
            "The e-invoice stopped coming, what happened?",
        ),
        "order": (
            "Ordered a sim card before {day}, still nothing",
            "Tracking has said «on its way» since {day}. Where is my parcel?",
            "How do I activate eSIM on {device}?",
            "The router for {place} came without a power cable. What now?",
        ),
        "irony": (
            "«Fri Fart», sure. Free of speed, you mean 🐌",
            "Congratulations on the world's priciest paperweight: {device} with Havbris in {place}.",
            "Lovely that there is money for ads but none for a mast in {place} 👏👏",
            "I just love 50 minutes in a phone queue. Nice music though.",
        ),
        "roaming": (
            "Does Fri Fart work in {land}?",
            "Back from {land} with {sum} extra on the bill. No warning whatsoever.",
            "Off to {land} soon, how much data can {kin} use there?",
        ),
        "porting": (
            "How long does it take to move my number to you?",
            "The number of {kin} should have moved by {day}, nothing happens",
            "Can I bring my number while I am still bound to someone else?",
        ),
        "leaving": (
            "That's it. Cancelling if this is not fixed by the weekend.",
            "How do I cancel? I can't find the button.",
            "Eight years a customer and this is the thanks. Bye.",
        ),
        "contact": (
            "Could someone call me on {phone}? I won't sit in that queue again.",
            "Please answer to {email}, I am rarely on Facebook.",
            "It's about the number {phone}, open since {day}.",
        ),
    },
    choirs={
        "slow_network": (
            "Fri Fart is unusable in {place} since {day}, {speed}",
            "One more here with a slow network in {place}. What is going on?",
            "Same here, nothing loads on {device}",
            "Snail speed again?? Just measured {speed}",
        ),
        "double_invoice": (
            "You charged me twice this month! {sum} too much",
            "Double bill here too",
            "Two payments of {sum} taken. When do I get my money back?",
        ),
        "app_down": (
            "Your app is down, can't get in on {device}",
            "Nothing but a white screen in the app since {day}",
            "Can't log in to the app. Anyone else?",
        ),
    },
    thanks=(
        "Thanks a lot, I'll try that!",
        "Great, it works now 👍",
        "Thanks for the quick answer, appreciated",
        "Ah, now I get it. Thanks!",
    ),
    followups=(
        "OK, but does that go for {kin} too?",
        "And where do I find that in the app?",
        "How long will that take?",
        "Tried that. Still {speed} on {device}. Anything else I can test?",
    ),
    still_angry=(
        "I have been told that three times already. It does not help!",
        "Canned answer. Please read what I wrote.",
        "No, still not fixed. Running out of patience 😡",
    ),
    chatter=(
        "Same here in {place}!",
        "Try flight mode on and off, helped me",
        "Haven't noticed anything, but I live in {place}",
        "Agree with you, not good enough",
    ),
    second_thoughts=(
        " EDIT: works again now.",
        " (Correction: since {day}.)",
        " Update: still the same.",
        " PS: {device}, that is.",
    ),
    page_posts=(),
    phones="+44 7700 9000{n}",
)

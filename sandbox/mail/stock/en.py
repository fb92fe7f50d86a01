"""English letters."""

from sandbox.mail.stock.shape import Letter, MailStock

STOCK = MailStock(
    language="en",
    domain="example.com",
    greetings=("Hi,", "Hello Havbris,", "Dear customer service,", "Good morning,"),
    goodbyes=("Kind regards", "Best wishes", "Regards", "Many thanks"),
    slots={
        "day": ("on Monday", "on Tuesday", "last night", "on Friday morning", "early on Sunday"),
        "sum": ("349 kr", "498 kr", "1,190 kr", "79 kr", "2,047 kr"),
        "place": ("Oslo", "Tromsø", "Stavanger", "Gothenburg", "Aarhus", "Turku"),
        "date": ("1 December", "15 December", "3 January", "the middle of next month"),
        "number": ("40871", "51220", "38914", "60377"),
        "months": ("two", "three", "five"),
    },
    letters={
        "invoice": (
            Letter(
                "Wrong amount on invoice {number}",
                "I was billed {sum}, which is more than my plan costs. I have attached a picture of the "
                "invoice.\n\n"
                "Could you look into it and send a corrected one?",
            ),
            Letter(
                "Reminder for a bill I have paid",
                "I got a reminder {day}, although {sum} left my account {months} weeks ago.\n\n"
                "What do you need from me to clear this up?",
            ),
        ),
        "broken": (
            Letter(
                "No internet in {place}",
                "Our line went dead {day}. The box shows a red light and I have restarted it several times.\n\n"
                "We both work from home, so this is urgent. When can somebody come?",
            ),
            Letter(
                "Connection keeps dropping",
                "The broadband cuts out {months} times a day, mostly in the evening. It started {day}.\n\n"
                "I have already swapped the cable to the router.",
            ),
        ),
        "moving": (
            Letter(
                "Moving to {place}",
                "We are moving to {place} on {date} and would like to keep our subscription.\n\n"
                "The new address is {street}. Can the line be ready on the day?",
            ),
            Letter(
                "Change of address",
                "I will live at {street} from {date}. Do I need to order anything new?\n\n"
                "You can also ring me on {phone}.",
            ),
        ),
        "order": (
            Letter(
                "Where is my router?",
                "I ordered a router {day}, order number {number}. The tracking page has not changed since.\n\n"
                "Could you check whether it was sent?",
            ),
            Letter(
                "Question about fibre",
                "We were told that fibre is coming to {place}. What does the installation cost and how long is "
                "the wait?\n\n"
                "At the moment we pay {sum} a month.",
            ),
        ),
        "thanks": (
            Letter(
                "Thank you",
                "Just a note to say thanks for the help {day}. Everything works now, and the engineer was "
                "friendly and quick.",
            ),
            Letter(
                "Well done",
                "People rarely write when things go well, so here it is: the connection in {place} has been rock "
                "solid for {months} months.",
            ),
        ),
        "complaint": (
            Letter(
                "Complaint about case {number}",
                "I have contacted you {months} times without getting a proper answer.\n\n"
                "I want {sum} back and a call from somebody in charge on {phone}.",
            ),
            Letter(
                "Cancellation",
                "After the outage {day} my patience is gone. Please cancel my contract from {date}.\n\n"
                "I expect a written confirmation.",
            ),
        ),
    },
    phones="+44 7700 9001{n}",
    streets=("12 Harbour Street, 0150 Oslo", "4B Mill Lane, 4006 Stavanger", "31 River Bank, 8000 Aarhus"),
    spouses=("Alice", "George", "Nora", "Edward"),
    reply_prefix="RE",
    wrote="On {date}, {name} <{address}> wrote:",
    headings=("From", "Sent", "To", "Subject"),
    from_phone="Sent from my iPhone",
    away=Letter(
        "Automatic reply", "Thank you for your message. I am away until {date}. If it is urgent, ring {phone}."
    ),
    reminder="Have you had a chance to look at this? I wrote {day} and have not heard back.",
    alert=("Google Alert - Havbris", "Havbris: new results"),
    newsletter=Letter(
        "Cable Weekly: how to choose a router",
        "This week: three routers tested, and why {place} is getting faster lines.\n\n"
        "You receive this because you subscribed to Cable Weekly.",
    ),
)

"""The invented people and things of the base data."""

LOGIN_APPS = (
    "amazon",
    "phone",
    "file_system",
    "spotify",
    "venmo",
    "gmail",
    "splitwise",
    "simple_note",
    "todoist",
)

PEOPLE = (
    {
        "first_name": "Ines",
        "last_name": "Halvorsen",
        "phone_number": "5550140001",
        "birthday": "1991-03-14",
        "sex": "female",
    },
    {
        "first_name": "Bako",
        "last_name": "Renner",
        "phone_number": "5550140002",
        "birthday": "1988-08-02",
        "sex": "male",
    },
    {
        "first_name": "Lotte",
        "last_name": "Amara",
        "phone_number": "5550140003",
        "birthday": "1993-12-21",
        "sex": "female",
    },
    {
        "first_name": "Yusuf",
        "last_name": "Castell",
        "phone_number": "5550140004",
        "birthday": "1986-05-09",
        "sex": "male",
    },
)
"""The first one is the supervisor of every task."""

RELATIONS = {"roommate": 1, "coworker": 2, "sibling": 3}
"""What the others are to the first one, by their place in PEOPLE."""

ARTISTS = (("Paper Lanterns", "indie"), ("Slow Ferry", "rock"), ("Maren Holt", "pop"), ("The Night Bakers", "jazz"))
SONGS = 40
LIBRARY = 18
"""Songs in the supervisor's library."""
NOTES = 5


def email(person: dict[str, str]) -> str:
    """The address that a person has in every app."""
    return f"{person['first_name']}.{person['last_name']}@example.com".lower()


def password(person: dict[str, str], app: str) -> str:
    """The password of a person in an app."""
    return f"{person['first_name'].lower()}-{app}-2718"

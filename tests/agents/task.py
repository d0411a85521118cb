"""What every agent of these tests does: two tools, one question; imported inside the agents' own environments.

It uses the standard library alone, since each environment has its own packages.
"""

from __future__ import annotations

import os

MODEL = "gpt-4o-mini"
AGENT_NAME = "Travel planner"
INSTRUCTIONS = "You plan short city trips. Use the tools for the weather and for prices; answer in two sentences."
QUESTION = "I want three days in Lisbon. What will the weather be, and what do 120.50 euros make in dollars?"

# A test gives each run a session of its own and finds it by that.
SESSION_ID = os.environ.get("TRIP_SESSION", "trip-2026-11")
USER_ID = "traveller-7"

# Fixed, so that every run gives the same texts and the same token counts.
_WEATHER = {"Lisbon": "Sunny, 21 °C by day and 14 °C by night, no rain expected."}
_DOLLARS_PER = {"EUR": 1.08, "GBP": 1.27}


def get_weather(city: str) -> str:
    """Tell the weather forecast of a city."""
    return _WEATHER.get(city, f"No forecast for {city}.")


def convert_to_dollars(amount: float, currency: str) -> str:
    """Convert an amount of money to US dollars."""
    return f"{amount:.2f} {currency} are {amount * _DOLLARS_PER[currency]:.2f} US dollars."

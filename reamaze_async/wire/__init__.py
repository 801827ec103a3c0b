"""How Re:amaze is spoken: what is sent, and what an answer means. All pure."""

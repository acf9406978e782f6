-- The sessions of received chats.
SELECT * FROM chat_sessions WHERE received

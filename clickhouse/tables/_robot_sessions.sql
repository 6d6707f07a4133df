-- title: Sessions that a robot showed itself in
-- definition: One event judged a robot's makes all of its session a robot's, also what servers did in it without a User-Agent.
SELECT session_id FROM session_states WHERE session_id != '' AND is_bot = 1

-- One caller's requests, told by a file: method, body and content type, then one path a line, in turn.
-- At the end one line of JSON on standard output says what came back.

local requests, turn = {}, 0


function init(args)
  local lines = io.lines(args[1])
  local method, body = lines(), lines()
  local headers = wrk.headers
  if body ~= "" then
    headers["Content-Type"] = lines()
  else
    lines()
    body = nil
  end
  for path in lines do
    table.insert(requests, wrk.format(method, path, headers, body))
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answers":%d,"microseconds":%d,"bytes":%d,"failed":%d,"refused":%d,"median":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status, latency:percentile(50)))
end

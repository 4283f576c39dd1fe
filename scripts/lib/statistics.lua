-- What chance alone does to a count.
local statistics = {}

-- The counts that n independent draws, each a hit with probability p, give with at least this confidence: fewer than
-- `low` and more than `high` hits are each at most (1 - confidence) / 2 likely. Exact: the binomial probabilities are
-- summed, not taken from a normal curve, which is wrong where n * p is small (1 % of 900).
-- n           an integer of at least 1; up to 100,000 it takes some milliseconds.
-- p           0 to 1; at both ends there is no chance, and low = high.
-- confidence  0 to 1, exclusive; 0.999 for a statement that is to fail by chance once in 1,000 times.
-- Returns low, high.
function statistics.binomial_bounds(n, p, confidence)
  if math.type(n) ~= "integer" or n < 1 or p < 0 or p > 1 or confidence <= 0 or confidence >= 1 then
    error(("binomial_bounds: n=%s p=%s confidence=%s"):format(n, p, confidence))
  end
  if p == 0 then return 0, 0 end
  if p == 1 then return n, n end
  local tail = (1 - confidence) / 2
  local log_odds = math.log(p) - math.log(1 - p)
  local log_probability = n * math.log(1 - p)  -- of no hit at all; as a logarithm, as it may be below 1e-308
  local below, low, hits = 0.0, nil, 0
  while true do
    local up_to = below + math.exp(log_probability)
    if not low and up_to > tail then low = hits end
    if up_to >= 1 - tail or hits == n then return low or hits, hits end
    log_probability = log_probability + math.log((n - hits) / (hits + 1)) + log_odds
    below, hits = up_to, hits + 1
  end
end

return statistics

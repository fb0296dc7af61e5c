-- Lines of history, included by the scripts that change streams: the line and the change are recorded together, or neither is.
-- entry  a HistoryEntry as JSON; empty writes none
local function note(historyKey, auditKey, entry, mostLines, mostAudit)
  if entry == '' then return end
  redis.call('XADD', historyKey, 'MAXLEN', '~', mostLines, '*', 'e', entry)
  redis.call('XADD', auditKey, 'MAXLEN', '~', mostAudit, '*', 'e', entry)
  redis.call('PERSIST', historyKey)
end

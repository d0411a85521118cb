call('ZUNIONSTORE', key('unchecked'), 2, key('unchecked'), key('checked'), 'AGGREGATE', 'MAX')
call('DEL', key('checked'))

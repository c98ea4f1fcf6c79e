// Tokens by which another engine asks what somebody may read. They open nothing else.

export const deciding = `
alter table api_token drop constraint api_token_scope_check;
alter table api_token add constraint api_token_scope_check check (scope in ('read', 'full', 'decide'));
`

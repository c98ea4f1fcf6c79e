// Public keys that certificates of erasures were signed under, so that they can be checked where the key itself was lost.

export const certificateKeys = `
create table certificate_key (
  kid text primary key,
  jwk jsonb not null
);
`

// Property tests draw the same cases at every run, so that a red suite is a change's fault. Campaigns draw others, at full size;
// `TULLE_TEST_SEED=random` (or a number) draws others here.

import fc from 'fast-check'

const seed = process.env['TULLE_TEST_SEED']
if (seed !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: seed === undefined ? 20_261_126 : Number(seed) })

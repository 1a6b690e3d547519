import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openLedger, readLedger } from './ledger.ts'

it('keeps every whole fact in order, also when its writer died in the middle of a line', () => {
  const dir = mkdtempSync(join(tmpdir(), 'dhs-ledger-'))
  const path = join(dir, 'pool.jsonl')
  const ledger = openLedger<'pool'>(path)
  const file = { kind: 'stored', tenant: 't', md5: 'm', size: 1 } as const
  ledger.note({ ...file, sha256: 'one' })
  ledger.note({ ...file, sha256: 'two' })
  ledger.close()
  appendFileSync(path, '{"kind":"stored","at":1,"ten')

  const facts = readLedger('pool', path)
  expect(facts.map((fact) => fact.sha256)).toEqual(['one', 'two'])
  expect(facts[0]?.at).toBeLessThanOrEqual(facts[1]?.at ?? 0)
  rmSync(dir, { recursive: true })
})

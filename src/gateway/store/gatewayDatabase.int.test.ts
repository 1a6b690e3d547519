import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { metaValue, openGatewayDatabase } from './gatewayDatabase.ts'

it('waits a second for the lock of another process, says DB_BUSY, and goes on when it is free', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'dhs-gateway-busy-'))
  const db = openGatewayDatabase(dataDir)
  const other = new DatabaseSync(db.path)
  try {
    other.exec('BEGIN IMMEDIATE')
    const from = performance.now()
    expect(() => metaValue(db, 'name', () => 'value')).toThrow(
      expect.objectContaining({ code: 'DB_BUSY', retryable: true }),
    )
    expect(performance.now() - from).toBeLessThan(3_000)
    other.exec('ROLLBACK')
    expect(metaValue(db, 'name', () => 'value')).toBe('value')
  } finally {
    other.close()
    db.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

import { describe, expect, it } from 'vitest'
import { displayWidth, printable, table } from './table.ts'

describe('table', () => {
  it('lines up what takes two columns with what takes one', () => {
    const text = table(
      ['名称', 'STATE', 'NOTE'],
      [
        ['张三的机器', 'online', ''],
        ['box', 'offline', 'gone'],
      ],
      undefined,
    )
    expect(text.split('\n')).toEqual(['名称        STATE    NOTE', '张三的机器  online', 'box         offline  gone'])
  })

  it('cuts the end of a line to the terminal, between characters', () => {
    const lines = table(['A', 'B'], [['x', '数字人工作室']], 8).split('\n')
    expect(lines).toEqual(['A  B', 'x  数字…'])
    expect(lines.every((line) => displayWidth(line) <= 8)).toBe(true)
  })

  it('takes out what would drive the terminal', () => {
    expect(printable('\u001b[2Jgone\r\nnext\u202egnp.exe\u0007')).toBe(' [2Jgone nextgnp.exe ')
    expect(table(['A'], [['\u001b]0;title\u0007']], undefined)).not.toContain('\u001b')
  })
})

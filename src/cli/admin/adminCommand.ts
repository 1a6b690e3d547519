import type { AdminClient } from '../../client/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import type { Command, OptionValues } from '../command.ts'
import { languageOf, printJson } from '../io.ts'
import type { Io } from '../io.ts'
import { CONNECTION_OPTIONS, connectAdmin } from './connection.ts'

/** What an operator's command works with. */
export interface AdminContext {
  readonly client: AdminClient
  readonly options: OptionValues
  readonly language: Language
  /** Of the terminal; without one nothing is cut. */
  readonly columns: number | undefined
  readonly nowMs: number
}

/** What came of it: one JSON object, the same for people, and the exit code where it is not 0. */
export interface AdminReport {
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly text: string
  readonly exitCode?: number
}

interface AdminCommandSpec extends Pick<Command, 'name' | 'summary' | 'examples'> {
  readonly positionals?: NonNullable<Command['positionals']>
  readonly options?: Command['options']
  readonly notes?: readonly string[]
  readonly act: (context: AdminContext) => Promise<AdminReport>
}

/** A command that asks a gateway as its operator. */
export function adminCommand({ act, options = {}, ...spec }: AdminCommandSpec): Command {
  return {
    ...spec,
    options: { ...options, ...CONNECTION_OPTIONS },
    async run(values, io: Io) {
      const report = await act({
        client: await connectAdmin(values, io),
        options: values,
        language: languageOf(io),
        columns: io.isTty ? io.columns : undefined,
        nowMs: Date.now(),
      })
      if (values['json'] === true) printJson(io, { event: report.event, ...report.fields })
      else io.out(`${report.text}\n`)
      return report.exitCode ?? 0
    },
  }
}

import { SERVER_NOTES } from '../../protocol/admin/index.ts'
import type { AdminServer, ServerNoteView } from '../../protocol/admin/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import type { GpuServer, ServerNote } from '../fleet/port.ts'
import type { PowerControl } from '../power/port.ts'

/** One server for an operator: what it runs, what it could, and why it takes nothing. */
export function adminServer(
  server: GpuServer,
  power: Pick<PowerControl, 'state' | 'learnedBootSeconds'>,
  language: Language,
): AdminServer {
  const { serverId, engines, taskTypes } = server
  return {
    server_id: serverId,
    worker_id: server.workerId,
    name: server.name,
    state: server.state,
    drained: server.isDrained,
    running: server.held,
    limit: server.limit,
    slots: server.slots,
    task_types: [...taskTypes],
    engines: [...engines],
    load: server.load,
    connected_since: seconds(server.connectedSinceMs),
    last_seen: server.lastSeenMs === 0 ? null : seconds(server.lastSeenMs),
    power: power.state(serverId),
    boot_seconds: power.learnedBootSeconds(serverId),
    reasons: server.reasons.map((note) => noteView(note, language)),
  }
}

/** A note as a sentence, its detail filled in. */
export function noteView({ code, atMs, detail }: ServerNote, language: Language): ServerNoteView {
  const sentence = SERVER_NOTES[code][language === 'zh-CN' ? 'zh' : 'en']
  return { code, message: sentence.replace('{detail}', detail ?? '–'), at: atMs / 1000 }
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}

import type {
  AddKeyAnswer,
  AdminQueue,
  AdminServer,
  AdminServerAnswer,
  AdminServersAnswer,
  AdminTask,
  AdminTasksAnswer,
  AuditAnswer,
  AuditKind,
  GatewaySettings,
  LicenceKeyView,
  RevokeAnswer,
  SettingsPatch,
} from '../../protocol/admin/index.ts'
import type { PowerAction, PowerResult } from '../../protocol/dsp/index.ts'
import type { PriorityClass, TaskState } from '../../protocol/task/index.ts'

export interface AdminTaskQuery {
  readonly states?: readonly TaskState[]
  readonly tenant?: string
  /** The beginning of an id: `t_` and at least four hex digits. */
  readonly id?: string
  readonly limit?: number
  readonly cursor?: string
}

/**
 * The operators' routes as functions. Every one rejects with an AppError: the gateway's own code (ADMIN_AUTH_INVALID,
 * FORBIDDEN, SERVER_NOT_FOUND …), or GATEWAY_UNREACHABLE, GATEWAY_NAME_UNKNOWN, GATEWAY_TLS, GATEWAY_PLAIN, GATEWAY_NOT_OURS.
 */
export interface AdminClient {
  /** Host and port, for people. */
  readonly host: string
  readonly servers: {
    list(): Promise<AdminServersAnswer>
    show(serverId: string): Promise<AdminServerAnswer>
    drain(serverId: string): Promise<AdminServer>
    resume(serverId: string): Promise<AdminServer>
    /** The server as it was. */
    remove(serverId: string): Promise<AdminServer>
    /** A hook that failed is a result, not a rejection. Null: the hook chooses the server. */
    power(action: PowerAction, serverId: string | null): Promise<PowerResult>
  }
  readonly tasks: {
    list(query: AdminTaskQuery): Promise<AdminTasksAnswer>
    show(taskId: string): Promise<AdminTask>
    /** `cancelling` until the worker confirms. */
    cancel(taskId: string): Promise<AdminTask>
    /** The new task; the same one for a repeat, also of another operator. `requestId` makes one more. */
    retry(taskId: string, requestId?: string): Promise<AdminTask>
    setPriority(taskId: string, priority: PriorityClass): Promise<AdminTask>
    moveToFront(taskId: string): Promise<AdminTask>
  }
  readonly queue: {
    statistics(): Promise<AdminQueue>
    pause(): Promise<AdminQueue>
    resume(): Promise<AdminQueue>
  }
  readonly keys: {
    list(): Promise<readonly LicenceKeyView[]>
    add(key: { readonly name: string; readonly tenant?: string | undefined }): Promise<AddKeyAnswer>
    revoke(keyId: string): Promise<RevokeAnswer>
  }
  readonly settings: {
    read(): Promise<GatewaySettings>
    change(patch: SettingsPatch): Promise<GatewaySettings>
  }
  audit(query: { readonly kind?: AuditKind; readonly limit?: number; readonly cursor?: number }): Promise<AuditAnswer>
}

/** What an error looks like once it has left a process: no stack, no cause, no path of another machine. */
export interface AppErrorJson {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  readonly field?: string | undefined
  readonly retryable: boolean
  readonly retryAfterMs?: number | undefined
  readonly data?: Readonly<Record<string, string | number | boolean>> | undefined
}

export interface AppErrorOptions {
  /** English sentence for logs; people are shown the catalogue's sentence for `code` in their language. */
  readonly message?: string | undefined
  readonly hint?: string | undefined
  /** The input field the error is about, when there is one. */
  readonly field?: string | undefined
  /** True when the same request can succeed later without a change by the person. */
  readonly retryable?: boolean | undefined
  readonly retryAfterMs?: number | undefined
  /** Values the catalogue's sentence interpolates (`{name}`), safe to show. */
  readonly data?: Readonly<Record<string, string | number | boolean>> | undefined
  readonly cause?: unknown
}

/** The one error class. `code` is the contract; `message` may change at any time. */
export class AppError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly field: string | undefined
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly data: Readonly<Record<string, string | number | boolean>> | undefined

  constructor(code: string, options: AppErrorOptions = {}) {
    super(options.message ?? code, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.hint = options.hint
    this.field = options.field
    this.retryable = options.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
    this.data = options.data
  }

  /** Leaves the cause and the stack behind: they belong in the log of the process that threw. */
  toJSON(): AppErrorJson {
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.field === undefined ? {} : { field: this.field }),
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.data === undefined ? {} : { data: this.data }),
    }
  }

  static fromJSON(json: AppErrorJson): AppError {
    return new AppError(json.code, json)
  }

  /** Anything thrown, as an AppError; what is not one already becomes INTERNAL with the original as its cause. */
  static from(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return new AppError('INTERNAL', { message, cause: thrown })
  }
}

export function isAppError(thrown: unknown, code?: string): thrown is AppError {
  return thrown instanceof AppError && (code === undefined || thrown.code === code)
}

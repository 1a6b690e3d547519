import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { composeOptionsSchema, composeRequestSchema, preflightSchema } from './compose.ts'
import { connectionSchema, connectionTargetSchema, connectionTestSchema } from './connection.ts'
import { appErrorSchema, fileHandleSchema, fileViewSchema, FILE_ROLES, peaksSchema } from './files.ts'
import { historyPageSchema, historyQuerySchema, recordIdSchema, recordSchema } from './records.ts'
import { settingsPatchSchema, settingsSchema, studioInfoSchema } from './settings.ts'

/** Every failure of every procedure: `data` is the AppError, so that the screen can say it in the person's language. */
const call = oc.errors({ FAILED: { status: 422, data: appErrorSchema } })

const recordRef = z.object({ id: recordIdSchema })

/** The one stream of changes. `resync`: some were missed, fetch again what is on screen. */
export const studioEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('record.changed'), record: recordSchema }),
  z.object({ kind: z.literal('record.removed'), id: recordIdSchema }),
  z.object({ kind: z.literal('connection.changed'), connection: connectionSchema }),
  z.object({ kind: z.literal('settings.changed'), settings: settingsSchema }),
  z.object({ kind: z.literal('resync') }),
])

export type StudioEvent = z.infer<typeof studioEventSchema>

/** Renderer ↔ studio. Two transports carry it with the same behaviour: a message port and a WebSocket. */
export const studioContract = {
  info: call.output(studioInfoSchema),
  /** First item is `resync`; then every change until the caller stops listening. */
  events: call.output(eventIterator(studioEventSchema)),
  files: {
    /** Opens the door's own dialog; empty when the person closes it. */
    pick: call.input(z.object({ role: z.enum(FILE_ROLES), multiple: z.boolean() })).output(z.array(fileViewSchema)),
    describe: call.input(z.object({ handle: fileHandleSchema })).output(fileViewSchema),
    release: call.input(z.object({ handle: fileHandleSchema })).output(z.void()),
    /** `count` evenly spaced peaks, computed once per content. */
    peaks: call.input(z.object({ handle: fileHandleSchema, count: z.int().min(16).max(4000) })).output(peaksSchema),
    /** The avatar and the voice that ship with the app. */
    samples: call.output(z.object({ avatar: fileViewSchema, voice: fileViewSchema })),
  },
  compose: {
    /** Answers at once with what is known; starts hashing in the background, so that asking again tells more. */
    preflight: call.input(composeRequestSchema).output(preflightSchema),
    /** Returns when the task is in the history, before anything leaves this PC. */
    create: call.input(composeRequestSchema).output(recordSchema),
  },
  tasks: {
    /** Everything active, and what ended in the last 24 h, newest first. */
    list: call.output(z.array(recordSchema)),
    cancel: call.input(recordRef).output(recordSchema),
    /** A new record with the same inputs and options, linked to this one. */
    retry: call.input(recordRef).output(recordSchema),
  },
  history: {
    page: call.input(historyQuerySchema).output(historyPageSchema),
    get: call.input(recordRef).output(recordSchema),
    /** Active records are refused with NOT_FINISHED. Can be undone by `restore` for as long as the app runs. */
    remove: call.input(recordRef.extend({ withFile: z.boolean() })).output(z.void()),
    restore: call.input(recordRef).output(recordSchema),
    reveal: call.input(recordRef).output(z.void()),
    /** Asks where by the door's dialog; false when the person closes it. */
    saveAs: call.input(recordRef).output(z.object({ saved: z.boolean() })),
    /** The inputs as fresh handles, for a form; null for one that is gone. */
    inputs: call.input(recordRef).output(
      z.object({
        avatar: fileViewSchema.nullable(),
        voice: fileViewSchema.nullable(),
        options: composeOptionsSchema,
      }),
    ),
  },
  connection: {
    get: call.output(connectionSchema),
    test: call.input(connectionTargetSchema).output(connectionTestSchema),
    use: call.input(connectionTargetSchema).output(connectionSchema),
  },
  settings: {
    get: call.output(settingsSchema),
    set: call.input(settingsPatchSchema).output(settingsSchema),
  },
}

export type StudioContract = typeof studioContract

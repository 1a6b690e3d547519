import { oc } from '@orpc/contract'
import { z } from 'zod'
import { appErrorSchema, fileHandleSchema, FILE_ROLES } from '../studio/files.ts'
import { capabilitiesSchema } from '../studio/settings.ts'

const call = oc.errors({ FAILED: { status: 422, data: appErrorSchema } })

/**
 * What the studio needs from its door. In Electron the main process serves it over a message port; in the web
 * host it is served in process. Paths travel here and nowhere nearer to the renderer.
 */
export const platformContract = {
  capabilities: call.output(capabilitiesSchema),
  /** Absolute paths; empty when the person closes the dialog. */
  pickFiles: call.input(z.object({ role: z.enum(FILE_ROLES), multiple: z.boolean() })).output(z.array(z.string())),
  /** Absolute path, or null when the person closes the dialog. */
  pickSavePath: call.input(z.object({ suggestedName: z.string() })).output(z.string().nullable()),
  revealInFolder: call.input(z.object({ path: z.string() })).output(z.void()),
  /** Shown only while no window has the focus; a click opens the record. */
  notify: call.input(z.object({ title: z.string(), body: z.string(), recordId: z.string() })).output(z.void()),
  secrets: {
    /** Null when there is none, or when it can no longer be decrypted. */
    get: call.input(z.object({ name: z.string().max(200) })).output(z.string().nullable()),
    /** `persisted` false: kept for this session only, because the system has no safe place for it. */
    set: call
      .input(z.object({ name: z.string().max(200), value: z.string().nullable() }))
      .output(z.object({ persisted: z.boolean() })),
  },
  /** Keeps the PC awake while uploads and downloads run. */
  keepAwake: call.input(z.object({ on: z.boolean() })).output(z.void()),
}

/** What a door needs from the studio beside the studio contract; never offered to the renderer. */
export const doorContract = {
  /** Takes a path a person chose or dropped. */
  registerPath: call.input(z.object({ path: z.string() })).output(z.object({ handle: fileHandleSchema })),
  /** What `/media/<handle>` serves; null for a handle that is unknown. */
  resolveMedia: call
    .input(z.object({ handle: z.string().max(100) }))
    .output(z.object({ path: z.string(), contentType: z.string(), fileName: z.string() }).nullable()),
}

export type PlatformContract = typeof platformContract
export type DoorContract = typeof doorContract

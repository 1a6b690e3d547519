export { createAdminClient } from './adminClient.ts'
export type { AdminClient, AdminTaskQuery } from './port.ts'

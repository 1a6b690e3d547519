/** What `gatewayChild.ts` prints. */
export interface GatewayTold {
  readonly url: string
  readonly dspUrl: string
  readonly port: number
  readonly licenseKey: string
  readonly workerSecret: string
}

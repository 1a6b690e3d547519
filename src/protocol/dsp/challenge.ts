/** The text a worker signs to prove it has the secret, without sending it. */
export function workerProofText(gatewayNonce: string, workerNonce: string, workerId: string): string {
  return `DSP1\n${gatewayNonce}\n${workerNonce}\n${workerId}`
}

/** The text the gateway signs in return: the nonces the other way round, so that one proof cannot serve as the other. */
export function gatewayProofText(gatewayNonce: string, workerNonce: string, workerId: string): string {
  return `DSP1\n${workerNonce}\n${gatewayNonce}\n${workerId}`
}

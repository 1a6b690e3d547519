/** Packages that read files beside themselves: not bundled, but shipped with what they need. */
export const SHIPPED_PACKAGES: readonly string[] = ['@fastify/swagger-ui']

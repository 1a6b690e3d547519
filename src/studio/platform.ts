import type { ContractProcedure, ErrorMap, InferSchemaInput, InferSchemaOutput, Meta } from '@orpc/contract'
import type { PlatformContract } from '../protocol/platform/index.ts'

type Method<I, O> = unknown extends I ? () => Promise<O> : (input: I) => Promise<O>

type Plain<T> = {
  readonly [K in keyof T]: T[K] extends ContractProcedure<infer I, infer O, ErrorMap, Meta>
    ? Method<InferSchemaInput<I>, InferSchemaOutput<O>>
    : Plain<T[K]>
}

/** What the studio needs from its door, as plain methods: an oRPC client fits it, and so does an object in process. */
export type Platform = Plain<PlatformContract>

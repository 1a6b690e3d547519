import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** Tests of whole programs take longest: begun last, they would run one by one while the other workers are idle. */
export class WholeProgramsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const [whole, parts] = [sorted.filter(isWhole), sorted.filter((file) => !isWhole(file))]
    return [...whole, ...parts]
  }
}

function isWhole({ project, moduleId }: TestSpecification): boolean {
  return moduleId.startsWith(`${project.config.root}/test/`)
}

import { describeSample } from './campaign/describeSample.ts'

// Programs that are killed, stores and disks that fail; two files, so that two workers share the sample.
describeSample('F01', 'F19')

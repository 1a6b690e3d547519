import { describeSample } from './campaign/describeSample.ts'

// Files, requests, lines, clocks and stops; two files, so that two workers share the sample.
describeSample('F20', 'F99')

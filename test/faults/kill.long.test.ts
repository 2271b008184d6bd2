import { expect, test } from 'vitest'
import { killServices } from '../long/kill.ts'

test('a service that is killed 20 times under load loses no answered receipt, and leaves nothing by halves', async () => {
  expect(await killServices(20, () => {})).toBeGreaterThan(500)
})

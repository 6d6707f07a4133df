import { expect, test } from 'vitest'
import { jobs } from './data.ts'
import { estimateSalary, levelOf, median } from './salary.ts'
import { readSearch, searchJobs } from './search.ts'

test('the listings have ids of their own that fit a path', () => {
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length)
  expect(jobs.filter(({ id }) => !/^[a-z-]{3,64}$/.test(id))).toEqual([])
})

test('a search finds what has every word and meets every filter', () => {
  const found = searchJobs(jobs, readSearch({ q: 'engineer SQL', field: 'Data', salary_min: '150000' }))
  expect(found.map(({ id }) => id)).toEqual(['data-engineer-northpass', 'machine-learning-engineer-orchard'])
  expect(searchJobs(jobs, readSearch({}))).toHaveLength(jobs.length)
})

test('a search ignores filters that are not on its lists', () => {
  expect(readSearch({ field: 'Crime', mode: ['x'], salary_min: 'NaN', q: undefined })).toEqual({
    text: '',
    field: '',
    mode: '',
    salaryMin: 0,
  })
})

test('a salary is the median of the listings of its field and level', () => {
  // Senior in Data: 138-164 and 158-188, middles 151 and 173.
  expect(estimateSalary(jobs, 'Data', 3)).toEqual({
    low: 138_000,
    median: 162_000,
    high: 188_000,
    listings: 2,
    widened: false,
  })
  expect(estimateSalary(jobs, 'Design', 4)).toMatchObject({ listings: 2, widened: true })
  expect(estimateSalary(jobs, 'Crime', 1)).toBeUndefined()
})

test('medians and levels', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect([0, 2, 6, 11].map(levelOf)).toEqual([1, 2, 3, 4])
})

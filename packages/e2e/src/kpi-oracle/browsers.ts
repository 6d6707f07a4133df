/** What a User-Agent says of a browser, written down by a person who looked at it. */
export interface Browser {
  userAgent: string
  device_type: string
  browser: string
  os: string
  isRobot: boolean
}

const chrome: Browser = {
  userAgent:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  device_type: 'desktop',
  browser: 'Chrome',
  os: 'Windows',
  isRobot: false,
}
const firefox: Browser = {
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  device_type: 'desktop',
  browser: 'Firefox',
  os: 'Linux',
  isRobot: false,
}
const iphone: Browser = {
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  device_type: 'mobile',
  browser: 'Safari',
  os: 'iOS',
  isRobot: false,
}
const androidTablet: Browser = {
  userAgent:
    'Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  device_type: 'tablet',
  browser: 'Chrome',
  os: 'Android',
  isRobot: false,
}

export const peoplesBrowsers: readonly Browser[] = [chrome, firefox, iphone, androidTablet]

/** It says nothing of a device that matters: robots are outside every KPI. */
export const robotsBrowser: Browser = {
  userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  device_type: '',
  browser: '',
  os: '',
  isRobot: true,
}

/** What a server's own call says of its visitor: nothing. */
export const noBrowser: Browser = { userAgent: '', device_type: '', browser: '', os: '', isRobot: false }

export function browserOf(userAgent: string): Browser {
  const known = [...peoplesBrowsers, robotsBrowser, noBrowser].find((browser) => browser.userAgent === userAgent)
  if (!known) throw new Error(`oracle: nobody wrote down what ${userAgent} is`)
  return known
}

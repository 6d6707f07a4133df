/** Which of ClickHouse's functions a stranger's statement may call. What is named nowhere here is refused. */

/** Categories of `system.functions` that only compute from their arguments, or read what grants already cover. */
export const SAFE_CATEGORIES: ReadonlySet<string> = new Set([
  'Aggregate Functions',
  'Arithmetic',
  'Arrays',
  'Bit',
  'Bitmap',
  'Comparison',
  'Conditional',
  'Dates and Times',
  'Dictionary', // dictGet needs a grant of its own, which the reader has not unless somebody gives it
  'Distance',
  'Encoding',
  'Encryption',
  'Financial',
  'Geo',
  'Geo Polygon',
  'Hash',
  'IP Address',
  'JSON',
  'Logical',
  'Map',
  'Mathematical',
  'Null',
  'Nullable',
  'NumericIndexedVector',
  'QBit',
  'Random Number',
  'Rounding',
  'String',
  'String Replacement',
  'String Search',
  'String Splitting',
  'Time Window',
  'Tuple',
  'Type Conversion',
  'URL', // takes addresses apart; fetches nothing
  'UUID',
])

/**
 * Single functions of the mixed categories, each looked at. Not here, so refused:
 * - `file` reads any file of the machine; `catboostEvaluate` and `naiveBayesClassifier*` load models from disk;
 *   `region*` read dictionaries from disk; `filesystem*` tell about disks
 * - `ai*` call services on the network; `generateSerialID` writes to Keeper
 * - `getServerSetting`, `getMacro`, `getMergeTreeSetting`, `getServerPort`, `tcpPort`, `showCertificate`,
 *   `getOSKernelVersion` tell the server's configuration
 * - `getClientHTTPHeader` would show the password that this port itself sends to the engine
 * - `hasColumnInTable` and `getMaxTableNameLengthForDatabase` look into databases without asking for a grant
 * - `addressTo*`, `demangle`, `logTrace`, `mergeTreePartInfo` and everything that begins with `__` are the engine's insides
 * `sleep` stays: time and the number of statements are bounded anyway.
 */
export const SAFE_FUNCTIONS: ReadonlySet<string> = new Set(
  `FQDN MACNumToString MACStringToNum MACStringToOUI authenticatedUser bar blockNumber blockSerializedSize blockSize
   buildId byteSize colorOKLABToSRGB colorOKLCHToSRGB colorSRGBToOKLAB colorSRGBToOKLCH connectionId countDigits
   currentDatabase currentProfiles currentQueryID currentRoles currentSchemas currentUser defaultProfiles defaultRoles
   defaultValueOfArgumentType defaultValueOfTypeName digits displayName dumpColumnStructure enabledProfiles
   enabledRoles errorCodeToName finalizeAggregation flipCoordinates formatQuery formatQueryOrNull
   formatQuerySingleLine formatQuerySingleLineOrNull formatReadableDecimalSize formatReadableQuantity
   formatReadableSize formatReadableTimeDelta getSetting getSettingOrDefault getSizeOfEnumType getSubcolumn
   getTypeSerializationStreams globalVariable highlightQuery hostName icebergBucket icebergTruncate identity ignore
   indexHint initialQueryID initialQueryStartTime initializeAggregation isConstant isDecimalOverflow joinGet
   joinGetOrNull lowCardinalityIndices lowCardinalityKeys materialize minSampleSizeContinuous
   minSampleSizeConversion neighbor normalizeQuery normalizeQueryKeepNames normalizedQueryHash
   normalizedQueryHashKeepNames obfuscateQuery obfuscateQueryWithSeed parseReadableSize parseReadableSizeOrNull
   parseReadableSizeOrZero parseTimeDelta partitionId queryID revision rowNumberInAllBlocks rowNumberInBlock
   runningAccumulate runningConcurrency runningDifference runningDifferenceStartingWithFirstValue serverUUID
   shardCount shardNum sleep sleepEachRow throwIf tid toColumnTypeName toTypeName tokenizeQuery transactionID
   transactionLatestSnapshot transactionOldestSnapshot transform uptime variantElement variantType version
   visibleWidth seriesDecomposeSTL seriesOutliersDetectTukey seriesPeriodDetectFFT timeSeriesRange
   timeSeriesFromGrid _CAST caseWithExpression caseWithExpr caseWithoutExpression nested`.split(/\s+/),
)

/** Names the parser makes for syntax; `system.functions` does not list them all. */
export const SYNTAX_FUNCTIONS: ReadonlySet<string> = new Set(['lambda', 'exists', 'untuple', 'grouping', 'columns'])

/**
 * Table functions that touch nothing but their arguments and tables the reader was granted. `values` is also held to
 * a plain structure: a column's ALIAS in it is an expression, and so a way past every other check.
 */
export const SAFE_TABLE_FUNCTIONS: ReadonlySet<string> = new Set(
  'numbers numbers_mt generateseries generate_series view merge values sqlstandardvalues'.split(' '),
)

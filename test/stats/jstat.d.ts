declare module 'jstat' {
  const jstat: {
    normal: { cdf(x: number, mean: number, sd: number): number; inv(p: number, mean: number, sd: number): number };
    studentt: { cdf(x: number, df: number): number };
    chisquare: { cdf(x: number, df: number): number };
  };
  export default jstat;
}

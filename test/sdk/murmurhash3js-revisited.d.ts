declare module 'murmurhash3js-revisited' {
  const murmur: {
    x86: {
      /** Undefined when the input is not an array of bytes. */
      hash32(bytes: ArrayLike<number>, seed?: number): number | undefined;
    };
  };
  export default murmur;
}

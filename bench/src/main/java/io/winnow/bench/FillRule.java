package io.winnow.bench;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Numbers that two programs can make alike: element i of a named tensor is offset + scale * u(i),
 * with u in [-1, 1) from SplitMix64 over (CRC-32 of the name, i).
 */
final class FillRule {
  private final long seed;
  private final double scale;
  private final double offset;

  FillRule(String name, double scale, double offset) {
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    this.seed = crc.getValue() << 32;
    this.scale = scale;
    this.offset = offset;
  }

  /** Elements first .. first + count - 1, into an array from a position on. */
  void fill(long first, float[] into, int position, int count) {
    for (int i = 0; i < count; i++) {
      long z = (seed + first + i + 1) * 0x9E3779B97F4A7C15L;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      z = z ^ (z >>> 31);
      into[position + i] = (float) (offset + scale * ((z >>> 40) / (double) (1 << 23) - 1));
    }
  }
}

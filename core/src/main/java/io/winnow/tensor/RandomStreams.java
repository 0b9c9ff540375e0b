package io.winnow.tensor;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Random numbers that are a pure function of (seed, purpose, indices): adding a consumer never
 * shifts another, and a resumed run draws what an undisturbed one draws. The indices are whatever
 * numbers the draw: a training step, an epoch, an image.
 *
 * <p>Keys are mixed with the finaliser of SplitMix64 (Steele, Lea and Flood, 2014) over the seed,
 * the first eight bytes of the purpose's SHA-256 and every index.
 */
public final class RandomStreams {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private final long seed;

  private RandomStreams(long seed) {
    this.seed = seed;
  }

  public static RandomStreams of(long seed) {
    return new RandomStreams(seed);
  }

  public long seed() {
    return seed;
  }

  /** 64 random bits for this purpose and these indices. */
  public long bits(String purpose, long... indices) {
    long z = mix(seed + GAMMA);
    z = mix(z ^ key(purpose));
    for (long index : indices) {
      z = mix(z + GAMMA ^ mix(index + GAMMA));
    }
    return z;
  }

  /** A double in [0, 1), from the upper 53 bits. */
  public double uniform(String purpose, long... indices) {
    return (bits(purpose, indices) >>> 11) * 0x1.0p-53;
  }

  /**
   * A CPU generator of the engine, seeded for this purpose and these indices. The caller's scope
   * owns it.
   */
  public Generator generator(String purpose, long... indices) {
    Generator generator = torch.make_generator_cpu();
    generator.set_current_seed(bits(purpose, indices));
    return generator;
  }

  /** Standard normal draws on the CPU, float32, of the given shape. */
  public Tensor normal(long[] shape, String purpose, long... indices) {
    return torch.randn(
        shape,
        new GeneratorOptional(generator(purpose, indices)),
        new TensorOptions(torch.ScalarType.Float));
  }

  /** A random order of 0 .. n-1 (Fisher-Yates). */
  public int[] permutation(int n, String purpose, long... indices) {
    int[] order = new int[n];
    long state = bits(purpose, indices);
    for (int i = 0; i < n; i++) {
      state += GAMMA;
      int j = (int) Math.multiplyHigh(mix(state) >>> 1, (i + 1L) << 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static long key(String purpose) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(purpose.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}

package io.winnow.nn;

import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Sets values to zero with a probability and scales the rest, in training only. The mask comes from
 * the engine's global generator.
 *
 * <p>On the CPU a value is kept by 16 random bits of its own, four values per draw of the
 * generator: the engine's kernel draws once per value, one after the other, and takes twice as
 * long. The probability is thereby rounded to a multiple of 2^-16, which the scale accounts for.
 */
public final class Dropout extends Layer {
  private static final int LEVELS = 1 << 16;
  private static final int PER_DRAW = 4;

  private final double probability;
  private final int dropped; // of LEVELS

  public Dropout(double probability) {
    this.probability = probability;
    this.dropped = (int) Math.round(probability * LEVELS);
  }

  /** Same shape out as in. */
  public Tensor forward(Tensor x) {
    if (probability == 0 || !training()) {
      return x;
    }
    return x.is_cuda() || !x.is_non_overlapping_and_dense()
        ? torch.dropout(x, probability, true)
        : x.mul(scaledMask(x));
  }

  /** 0 for the dropped, 1 / (share of the kept) for the others, in the memory layout of x. */
  private Tensor scaledMask(Tensor x) {
    long draws = (x.numel() + PER_DRAW - 1) / PER_DRAW;
    Tensor bits =
        torch
            .empty(
                new long[] {draws},
                new TensorOptions(torch.ScalarType.Long),
                new MemoryFormatOptional())
            .random_(Long.MIN_VALUE, new LongOptional(), new GeneratorOptional())
            .view(torch.ScalarType.Short)
            .narrow(0, 0, x.numel()); // uniform over -2^15 .. 2^15 - 1
    Tensor mask =
        bits.ge(new Scalar(dropped - LEVELS / 2))
            .to(x.scalar_type())
            .mul_(new Scalar((double) LEVELS / (LEVELS - dropped)));
    return mask.as_strided(x.sizes(), x.strides());
  }
}

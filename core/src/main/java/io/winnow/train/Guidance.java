package io.winnow.train;

import io.winnow.config.Check;
import io.winnow.diffusion.Condition;
import io.winnow.tensor.Tensors;

/**
 * What a class-conditional network needs for classifier-free guidance.
 *
 * @param nullClass the label of "no class": K, the number of classes
 * @param labelDropout probability with which a sample's label becomes the null class
 */
public record Guidance(int nullClass, double labelDropout) implements Conditioning {
  public Guidance {
    Check.that(nullClass >= 1, "nullClass is %s, but must be the number of classes.", nullClass);
    Check.that(
        labelDropout >= 0 && labelDropout < 1,
        "labelDropout is %s, but must be in [0, 1); 0.1 is the paper's.",
        labelDropout);
  }

  @Override
  public Condition of(int[] indices, int[] labels) {
    return Condition.ofClasses(Tensors.ofInts(labels)); // [B]
  }

  @Override
  public String identity() {
    return toString();
  }
}

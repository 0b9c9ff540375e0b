package io.winnow.diffusion;

import io.winnow.config.OrNull;
import io.winnow.tensor.Shapes;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** What a network is told about the images of a batch besides their times. */
public sealed interface Condition {
  /** Nothing: the condition of a network without classes. */
  static Condition none() {
    return new None();
  }

  /**
   * The class of every image.
   *
   * @param labels in 0..K-1, or K for "no class", [B], int64
   */
  static Condition ofClasses(Tensor labels) {
    return new Classes(labels);
  }

  /**
   * The text of every image.
   *
   * @param states of a text encoder, [B, N, D], float32
   * @param none those of "no text", the empty or a negative prompt, [1, N, D]
   */
  static Condition ofPrompts(Tensor states, Tensor none) {
    return new Prompts(states, none);
  }

  /** Class labels, [B], int64; null where no classes are told. */
  @OrNull
  Tensor labels();

  /** Its tensors, for whoever owns them. */
  List<Tensor> tensors();

  /** The same condition with its tensors somewhere else. */
  Condition map(UnaryOperator<Tensor> change);

  /** This batch's condition, then the other's, for one pass over both. */
  Condition followedBy(Condition other);

  /**
   * The condition of a pass that is told no class, or no text.
   *
   * @throws IllegalArgumentException where no classes are told anyway
   */
  Condition withoutClass(int nullClass);

  /**
   * Label dropout for classifier-free guidance: each label becomes the null class, or each text
   * none, with a probability, independent of everything else.
   *
   * @param uniform draws in [0, 1), [B]
   */
  default Condition dropped(Tensor uniform, double probability, int nullClass) {
    Tensor none = withoutClass(nullClass).labels(); // [B]
    return ofClasses(torch.where(uniform.lt(new Scalar(probability)), none, labels()));
  }

  /** Images {@code from} to {@code from + size}; shares the memory. */
  default Condition narrow(long from, long size) {
    return map(tensor -> tensor.narrow(0, from, size));
  }

  /** See {@link #none}. */
  record None() implements Condition {
    @Override
    public Tensor labels() {
      return null;
    }

    @Override
    public List<Tensor> tensors() {
      return List.of();
    }

    @Override
    public Condition map(UnaryOperator<Tensor> change) {
      return this;
    }

    @Override
    public Condition followedBy(Condition other) {
      return this;
    }

    @Override
    public Condition withoutClass(int nullClass) {
      throw new IllegalArgumentException(
          "condition: none, where a class would be hidden; expected classes. Guidance and label"
              + " dropout need a class-conditional network; set their weight and share to 0.");
    }
  }

  /** See {@link #ofClasses}. */
  record Classes(Tensor labels) implements Condition {
    @Override
    public List<Tensor> tensors() {
      return List.of(labels);
    }

    @Override
    public Condition map(UnaryOperator<Tensor> change) {
      return new Classes(change.apply(labels));
    }

    @Override
    public Condition followedBy(Condition other) {
      return new Classes(torch.cat(new TensorVector(labels, other.labels()), 0));
    }

    @Override
    public Condition withoutClass(int nullClass) {
      return new Classes(torch.full_like(labels, new Scalar(nullClass)));
    }
  }

  /** See {@link #ofPrompts}. */
  record Prompts(Tensor states, Tensor none) implements Condition {
    public Prompts {
      Shapes.require(states, "condition prompts", Shapes.ANY, Shapes.ANY, Shapes.ANY);
      Shapes.require(none, "condition no prompt", 1, states.size(1), states.size(2));
    }

    @Override
    public Tensor labels() {
      return null;
    }

    @Override
    public List<Tensor> tensors() {
      return List.of(states, none);
    }

    @Override
    public Condition map(UnaryOperator<Tensor> change) {
      return new Prompts(change.apply(states), change.apply(none));
    }

    @Override
    public Condition narrow(long from, long size) {
      return new Prompts(states.narrow(0, from, size), none);
    }

    @Override
    public Condition followedBy(Condition other) {
      if (!(other instanceof Prompts prompts)) {
        throw new IllegalArgumentException(
            "condition: prompts followed by something else; expected prompts");
      }
      return new Prompts(torch.cat(new TensorVector(states, prompts.states), 0), none);
    }

    /** Every text becomes none; {@code nullClass} has no meaning here. */
    @Override
    public Condition withoutClass(int nullClass) {
      return new Prompts(none.expand(states.size(0), -1, -1), none);
    }

    @Override
    public Condition dropped(Tensor uniform, double probability, int nullClass) {
      Tensor hidden = uniform.lt(new Scalar(probability)).view(-1, 1, 1); // [B, 1, 1]
      return new Prompts(torch.where(hidden, none, states), none);
    }
  }
}

package io.winnow.tensor;

import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The engine's multi-tensor kernels, which the Java binding does not generate: one call for all
 * parameters of a network. They are found by name in the engine's dispatcher and called with a
 * stack of boxed arguments in the order of the operator's schema; no other class knows of that.
 *
 * <p>None of them records a gradient: call them under no-grad.
 */
public final class Kernels {
  private static final OperatorHandle FUSED_ADAM = operator("aten::_fused_adam_", "");
  private static final OperatorHandle FUSED_ADAMW = operator("aten::_fused_adamw_", "");
  private static final OperatorHandle LERP = operator("aten::_foreach_lerp_", "Scalar");
  private static final OperatorHandle NORM = operator("aten::_foreach_norm", "Scalar");
  private static final OperatorHandle ADD = operator("aten::_foreach_add_", "List");
  private static final OperatorHandle MUL = operator("aten::_foreach_mul_", "Tensor");
  private static final OperatorHandle MUL_NUMBER = operator("aten::_foreach_mul_", "Scalar");
  private static final OperatorHandle PRODUCT = operator("aten::_foreach_mul", "Tensor");
  private static final OperatorHandle DIV = operator("aten::_foreach_div_", "Tensor");
  private static final OperatorHandle ADD_NUMBER = operator("aten::_foreach_add_", "Scalar");
  private static final OperatorHandle SUM = operator("aten::_foreach_add", "List");
  private static final OperatorHandle MUL_EACH = operator("aten::_foreach_mul_", "List");
  private static final OperatorHandle DIV_EACH = operator("aten::_foreach_div_", "List");
  private static final OperatorHandle SQRT = operator("aten::_foreach_sqrt", "");

  private Kernels() {}

  /** The moments of Adam beside the parameters they belong to, all in the same order. */
  public record AdamTensors(
      TensorGroup parameters, TensorGroup first, TensorGroup second, Tensor step) {}

  /** The numbers of one Adam step; {@code decoupled} is AdamW's form of weight decay. */
  public record AdamStep(
      double learningRate,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      boolean decoupled) {}

  /**
   * One step of Adam or AdamW in one pass over memory.
   *
   * @param tensors parameters and moments; {@code step} is the number of this step, counted from 1,
   *     [] float32
   * @param gradients same order, shapes and layouts as the parameters; divided in place where
   *     {@code divisor} is given
   * @param divisor what to divide every gradient by first, [] float32; null for 1
   * @param skip 1 to leave everything as it is, 0 otherwise, [] float32; null for 0
   */
  public static void adam(
      AdamTensors tensors, TensorGroup gradients, AdamStep step, Tensor divisor, Tensor skip) {
    try (Scope scope = Scope.open()) {
      int size = tensors.parameters().size();
      IValueVector stack =
          new IValueVector(
              tensors.parameters().value(),
              gradients.value(),
              tensors.first().value(),
              tensors.second().value(),
              TensorGroup.of(List.of()).value(),
              TensorGroup.of(Collections.nCopies(size, tensors.step())).value(),
              new IValue(step.learningRate()),
              new IValue(step.beta1()),
              new IValue(step.beta2()),
              new IValue(step.weightDecay()),
              new IValue(step.eps()),
              new IValue(false),
              new IValue(false),
              optional(divisor),
              optional(skip));
      (step.decoupled() ? FUSED_ADAMW : FUSED_ADAM).callBoxed(stack);
    }
  }

  /** a_i becomes a_i + weight * (b_i - a_i); weight 1 copies exactly. */
  public static void lerp(TensorGroup a, TensorGroup b, double weight) {
    try (Scope scope = Scope.open()) {
      LERP.callBoxed(new IValueVector(a.value(), b.value(), new IValue(new Scalar(weight))));
    }
  }

  /**
   * The Euclidean norm over all tensors together, [], in their type; the caller's scope owns it.
   */
  public static Tensor norm(TensorGroup tensors) {
    try (Scope scope = Scope.open()) {
      IValueVector stack =
          new IValueVector(tensors.value(), new IValue(new Scalar(2)), new IValue());
      NORM.callBoxed(stack);
      TensorVector norms = stack.get(0).toTensorVector();
      return scope.keep(torch.stack(norms).norm());
    }
  }

  /** Multiplies every tensor in place by the same factor, []. */
  public static void multiply(TensorGroup tensors, Tensor factor) {
    try (Scope scope = Scope.open()) {
      MUL.callBoxed(new IValueVector(tensors.value(), new IValue(factor)));
    }
  }

  /** Multiplies every tensor in place by the same number. */
  public static void multiply(TensorGroup tensors, double factor) {
    try (Scope scope = Scope.open()) {
      MUL_NUMBER.callBoxed(new IValueVector(tensors.value(), new IValue(new Scalar(factor))));
    }
  }

  /** Every tensor times the same factor, [], as new tensors that the caller's scope owns. */
  public static TensorGroup product(TensorGroup tensors, Tensor factor) {
    IValueVector stack = new IValueVector(tensors.value(), new IValue(factor));
    PRODUCT.callBoxed(stack);
    return TensorGroup.of(stack.get(0).toTensorVector());
  }

  /** Divides every tensor in place by the same number, []. */
  public static void divide(TensorGroup tensors, Tensor divisor) {
    try (Scope scope = Scope.open()) {
      DIV.callBoxed(new IValueVector(tensors.value(), new IValue(divisor)));
    }
  }

  /** a_i becomes a_i + factor * b_i. */
  public static void add(TensorGroup a, TensorGroup b, double factor) {
    try (Scope scope = Scope.open()) {
      ADD.callBoxed(new IValueVector(a.value(), b.value(), new IValue(new Scalar(factor))));
    }
  }

  /** Adds the same number to every element in place. */
  public static void add(TensorGroup tensors, double number) {
    try (Scope scope = Scope.open()) {
      ADD_NUMBER.callBoxed(new IValueVector(tensors.value(), new IValue(new Scalar(number))));
    }
  }

  /** a_i + b_i, as new tensors that the caller's scope owns. */
  public static TensorGroup sum(TensorGroup a, TensorGroup b) {
    IValueVector stack = new IValueVector(a.value(), b.value(), new IValue(new Scalar(1)));
    SUM.callBoxed(stack);
    return TensorGroup.of(stack.get(0).toTensorVector());
  }

  /** a_i becomes a_i b_i, element by element. */
  public static void multiply(TensorGroup a, TensorGroup b) {
    try (Scope scope = Scope.open()) {
      MUL_EACH.callBoxed(new IValueVector(a.value(), b.value()));
    }
  }

  /** a_i becomes a_i / b_i, element by element. */
  public static void divide(TensorGroup a, TensorGroup b) {
    try (Scope scope = Scope.open()) {
      DIV_EACH.callBoxed(new IValueVector(a.value(), b.value()));
    }
  }

  /** Square roots, as new tensors that the caller's scope owns. */
  public static TensorGroup squareRoot(TensorGroup tensors) {
    IValueVector stack = new IValueVector(tensors.value());
    SQRT.callBoxed(stack);
    return TensorGroup.of(stack.get(0).toTensorVector());
  }

  private static IValue optional(Tensor tensor) {
    return tensor == null ? new IValue() : new IValue(tensor);
  }

  private static OperatorHandle operator(String name, String overload) {
    try (Scope scope = Scope.open()) {
      return Scope.immortal(Dispatcher.singleton().findSchemaOrThrow(name, overload));
    }
  }
}

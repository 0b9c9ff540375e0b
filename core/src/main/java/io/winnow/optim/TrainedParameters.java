package io.winnow.optim;

import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The parameters that an optimiser moves, and what it keeps for each of them. */
final class TrainedParameters implements AutoCloseable {
  private static final Scalar ZERO = Tensors.constant(0);

  private final String owner;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final List<TensorGroup> groups = new ArrayList<>();

  /**
   * @param owner the optimiser's name in messages
   * @param parameters by name; those that require no gradient are left alone
   */
  TrainedParameters(String owner, Map<String, Tensor> parameters) {
    this.owner = owner;
    parameters.forEach(
        (name, parameter) -> {
          if (parameter.requires_grad()) {
            this.parameters.put(name, parameter);
          }
        });
    if (this.parameters.isEmpty()) {
      throw new IllegalArgumentException(owner + ": no parameter requires a gradient");
    }
  }

  Tensor any() {
    return parameters.values().iterator().next();
  }

  Tensor get(String name) {
    return parameters.get(name);
  }

  /** The gradients that there are, by the parameters' names. */
  Map<String, Tensor> reached() {
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    parameters.forEach(
        (name, parameter) -> {
          Tensor gradient = parameter.grad();
          if (gradient.defined()) {
            gradients.put(name, gradient);
          }
        });
    return gradients;
  }

  /** All of them; until this is closed. */
  TensorGroup group() {
    return held(parameters.values());
  }

  private TensorGroup held(Collection<Tensor> tensors) {
    TensorGroup group = TensorGroup.immortal(tensors);
    groups.add(group);
    return group;
  }

  /**
   * Zeros of each one's shape and layout, put into {@code state} under {@code prefix + name}; the
   * group lives until this is closed.
   */
  TensorGroup zeros(String prefix, BiConsumer<String, Tensor> state) {
    List<Tensor> zeros = new ArrayList<>();
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      parameters.forEach(
          (name, parameter) -> {
            Tensor zero = Scope.immortal(torch.zeros_like(parameter));
            zeros.add(zero);
            state.accept(prefix + name, zero);
          });
    }
    return held(zeros);
  }

  /** See {@link Optimizer#gradients}. */
  TensorGroup gradients() {
    List<Tensor> gradients = new ArrayList<>(parameters.size());
    List<String> missing = new ArrayList<>();
    parameters.forEach(
        (name, parameter) -> {
          Tensor gradient = parameter.grad();
          if (gradient.defined()) {
            gradients.add(gradient);
          } else {
            missing.add(name);
          }
        });
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          owner
              + ": no gradient for "
              + String.join(", ", missing)
              + "; every parameter must take part in the loss");
    }
    return TensorGroup.of(gradients);
  }

  /** Sets the gradients to zero where {@code flag}, [], is 1: infinite ones and NaN, too. */
  void zeroGradients(Tensor flag) {
    Tensor mask = flag.to(torch.ScalarType.Bool); // []
    parameters.values().forEach(parameter -> parameter.grad().masked_fill_(mask, ZERO));
  }

  /** Frees the groups, which share the tensors in them. */
  @Override
  public void close() {
    groups.forEach(TensorGroup::close);
  }

  /** See {@link Optimizer#clearGradients}. */
  void clearGradients() {
    try (Scope scope = Scope.open()) {
      Tensor none = new Tensor();
      parameters.values().forEach(parameter -> parameter.mutable_grad().put(none));
    }
  }
}

package io.winnow.nn;

import io.winnow.config.OrNull;
import io.winnow.tensor.Constant;
import io.winnow.tensor.Layout;
import io.winnow.tensor.Parameterized;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A node of a network: named parameters, buffers and children in the order of registration. A child
 * is registered under its state-dict key (dots allowed: {@code "to_out.0"}), so checkpoints load
 * unchanged; a layer's own tensors come before those of its children, as in the peer.
 *
 * <p>Not a subclass of the engine's Module: peers of Module are lost to the garbage collector
 * behind C++'s back. Tensors registered here outlive every {@link Scope}: they live until the root
 * is closed.
 */
public abstract class Layer implements Parameterized, AutoCloseable {
  private final Map<String, Tensor> ownParameters = new LinkedHashMap<>();
  private final Map<String, Tensor> ownBuffers = new LinkedHashMap<>();
  private final Map<String, Layer> children = new LinkedHashMap<>();
  private final List<Foldable> foldables = new ArrayList<>();
  private final List<Runnable> held = new ArrayList<>();
  private boolean training = true;

  /**
   * Registers a learnable tensor (a leaf that requires a gradient).
   *
   * @param initial handed over
   */
  protected final Tensor parameter(String name, Tensor initial) {
    register(name);
    Tensor parameter = owned(initial);
    parameter.set_requires_grad(true);
    ownParameters.put(name, parameter);
    return parameter;
  }

  /**
   * Registers a tensor of the state that no gradient reaches.
   *
   * @param initial handed over
   */
  protected final Tensor buffer(String name, Tensor initial) {
    register(name);
    Tensor buffer = owned(initial);
    ownBuffers.put(name, buffer);
    return buffer;
  }

  /** Without the handle that it came by, which would hold its memory as well. */
  private static Tensor owned(Tensor initial) {
    Tensor tensor = Scope.immortal(initial.detach());
    initial.close();
    return tensor;
  }

  /**
   * Registers a child under its state-dict key; one under the empty key is a part of this layer
   * that the checkpoint does not know: its tensors are named like this layer's own.
   */
  protected final <L extends Layer> L child(String name, L layer) {
    register(name);
    children.put(name, layer);
    return layer;
  }

  /** Remembers a step over children of this layer that {@link #fold} folds. */
  protected final <F extends Foldable> F foldable(F step) {
    foldables.add(step);
    return step;
  }

  private void register(String name) {
    if (ownParameters.containsKey(name)
        || ownBuffers.containsKey(name)
        || children.containsKey(name)) {
      throw new IllegalStateException(
          getClass().getSimpleName() + ": the name " + name + " is registered twice");
    }
  }

  @Override
  public final Map<String, Tensor> parameters() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    collect("", all, true);
    return Collections.unmodifiableMap(all);
  }

  @Override
  public final Map<String, Tensor> buffers() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    collect("", all, false);
    return Collections.unmodifiableMap(all);
  }

  /**
   * Parameters and buffers together, per layer parameters first: the peer's {@code state_dict}
   * order. Live.
   */
  public final Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    collectState("", all);
    return Collections.unmodifiableMap(all);
  }

  /** Number of learnable values. */
  public final long parameterCount() {
    return parameters().values().stream().mapToLong(Tensor::numel).sum();
  }

  @Override
  public final void lieAs(Layout layout) {
    onLayout(layout);
    children.values().forEach(child -> child.lieAs(layout));
  }

  /** For a layer that computes differently from layout to layout. */
  protected void onLayout(Layout layout) {}

  @Override
  public final void train(boolean on) {
    training = on;
    children.values().forEach(child -> child.train(on));
  }

  /** Whether dropout and batch statistics are on. */
  public final boolean training() {
    return training;
  }

  /** Moves every tensor to a device, in place. Integer buffers keep their type. */
  public final void to(Device device) {
    replaceAll(tensor -> tensor.to(device, tensor.scalar_type()));
  }

  /** Lays 4-D weights out as NHWC in memory (channels-last); shapes stay. */
  public final void channelsLast() {
    replaceAll(
        tensor -> tensor.dim() == 4 ? tensor.contiguous(torch.MemoryFormat.ChannelsLast) : tensor);
  }

  /**
   * Folds every batch norm that is joined to a convolution ({@link #foldable}) into it, for
   * evaluation only: call it once, after the weights were loaded, moved and laid out.
   */
  public final void fold() {
    foldables.forEach(Foldable::fold);
    children.values().forEach(Layer::fold);
  }

  /** Holds something that is made once for every call; it lives until this layer is closed. */
  protected final <P extends Pointer> P held(P pointer) {
    held.add(Scope.immortal(pointer)::close);
    return pointer;
  }

  /** The same of a table that is no part of the state. */
  protected final Constant held(Constant constant) {
    held.add(constant::close);
    return constant;
  }

  /**
   * The engine's optional argument, made once per layer: a parameter's handle stays the same when
   * its data are replaced.
   */
  protected final TensorOptional optional(@OrNull Tensor tensor) {
    return held(tensor == null ? new TensorOptional() : new TensorOptional(tensor));
  }

  /**
   * Frees parameters, their gradients, buffers and all that is held beside; nothing can be asked of
   * it afterwards.
   */
  @Override
  public final void close() {
    children.values().forEach(Layer::close);
    foldables.forEach(Foldable::close);
    held.forEach(Runnable::run);
    ownParameters.values().forEach(Tensor::close);
    ownBuffers.values().forEach(Tensor::close);
  }

  private void replaceAll(java.util.function.UnaryOperator<Tensor> change) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      for (Tensor tensor : state().values()) {
        tensor.set_data(change.apply(tensor));
      }
    }
  }

  private void collect(String prefix, Map<String, Tensor> into, boolean learnable) {
    (learnable ? ownParameters : ownBuffers)
        .forEach((name, tensor) -> into.put(prefix + name, tensor));
    children.forEach((name, child) -> child.collect(under(prefix, name), into, learnable));
  }

  private void collectState(String prefix, Map<String, Tensor> into) {
    ownParameters.forEach((name, tensor) -> into.put(prefix + name, tensor));
    ownBuffers.forEach((name, tensor) -> into.put(prefix + name, tensor));
    children.forEach((name, child) -> child.collectState(under(prefix, name), into));
  }

  private static String under(String prefix, String name) {
    return name.isEmpty() ? prefix : prefix + name + ".";
  }
}

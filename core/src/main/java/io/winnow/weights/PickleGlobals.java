package io.winnow.weights;

import io.winnow.weights.Pickled.Global;
import io.winnow.weights.Pickled.Kind;
import java.util.HashMap;
import java.util.Map;

/**
 * The names that a checkpoint may mention, and what each stands for. A name is never looked up in
 * the running program; one that is not listed is refused.
 */
final class PickleGlobals {
  private static final String SCRIPT = "__torch__";
  private static final Map<String, Global> ALLOWED = allowed();

  private PickleGlobals() {}

  private static Map<String, Global> allowed() {
    Map<String, Global> all = new HashMap<>();
    storage(all, "Float", ElementType.F32);
    storage(all, "Double", ElementType.F64);
    storage(all, "Half", ElementType.F16);
    storage(all, "BFloat16", ElementType.BF16);
    storage(all, "Long", ElementType.I64);
    storage(all, "Int", ElementType.I32);
    storage(all, "Short", ElementType.I16);
    storage(all, "Char", ElementType.I8);
    storage(all, "Byte", ElementType.U8);
    storage(all, "Bool", ElementType.BOOL);
    storage(all, "ComplexFloat", ElementType.C64);
    storage(all, "ComplexDouble", ElementType.C128);
    put(all, "torch.storage.UntypedStorage", Kind.STORAGE);
    dtype(all, ElementType.F32, "float32", "float");
    dtype(all, ElementType.F64, "float64", "double");
    dtype(all, ElementType.F16, "float16", "half");
    dtype(all, ElementType.BF16, "bfloat16");
    dtype(all, ElementType.F8_E4M3, "float8_e4m3fn");
    dtype(all, ElementType.F8_E5M2, "float8_e5m2");
    dtype(all, ElementType.I64, "int64", "long");
    dtype(all, ElementType.I32, "int32", "int");
    dtype(all, ElementType.I16, "int16", "short");
    dtype(all, ElementType.I8, "int8");
    dtype(all, ElementType.U8, "uint8");
    dtype(all, ElementType.U16, "uint16");
    dtype(all, ElementType.U32, "uint32");
    dtype(all, ElementType.U64, "uint64");
    dtype(all, ElementType.BOOL, "bool");
    dtype(all, ElementType.C64, "complex64", "cfloat");
    dtype(all, ElementType.C128, "complex128", "cdouble");
    functions(all);
    inert(all);
    return all;
  }

  private static void functions(Map<String, Global> all) {
    // The oldest form ends after the stride, which is all that the second one needs.
    put(all, "torch._utils._rebuild_tensor", Kind.TENSOR_V2);
    put(all, "torch._utils._rebuild_tensor_v2", Kind.TENSOR_V2);
    put(all, "torch._utils._rebuild_tensor_v3", Kind.TENSOR_V3);
    put(all, "torch._utils._rebuild_parameter", Kind.PARAMETER);
    put(all, "torch._utils._rebuild_parameter_with_state", Kind.PARAMETER);
    put(all, "torch._tensor._rebuild_from_type_v2", Kind.TYPED_TENSOR);
    put(all, "collections.OrderedDict", Kind.ORDERED_DICT);
    put(all, "torch.Size", Kind.SEQUENCE);
    put(all, "_codecs.encode", Kind.ENCODE);
    for (String name :
        new String[] {
          "build_intlist",
          "build_tensorlist",
          "build_doublelist",
          "build_boollist",
          "build_tensor_from_id",
          "restore_type_tag"
        }) {
      put(all, "torch.jit._pickle." + name, Kind.IDENTITY);
    }
  }

  private static void inert(Map<String, Global> all) {
    for (String builtins : new String[] {"builtins.", "__builtin__."}) {
      for (String name : new String[] {"set", "frozenset", "complex", "bytearray"}) {
        put(all, builtins + name, Kind.INERT);
      }
    }
    for (String core : new String[] {"numpy.core.", "numpy._core."}) {
      put(all, core + "multiarray.scalar", Kind.INERT);
      put(all, core + "multiarray._reconstruct", Kind.INERT);
      put(all, core + "numeric._frombuffer", Kind.INERT);
    }
    for (String name :
        new String[] {
          "torch.device",
          "torch.Tensor",
          "torch.nn.parameter.Parameter",
          "argparse.Namespace",
          "numpy.dtype",
          "numpy.ndarray"
        }) {
      put(all, name, Kind.INERT);
    }
  }

  private static void storage(Map<String, Global> all, String name, ElementType type) {
    String qualified = "torch." + name + "Storage";
    all.put(qualified, new Global(qualified, Kind.STORAGE, type));
  }

  private static void dtype(Map<String, Global> all, ElementType type, String... names) {
    for (String name : names) {
      all.put("torch." + name, new Global("torch." + name, Kind.DTYPE, type));
    }
  }

  private static void put(Map<String, Global> all, String name, Kind kind) {
    all.put(name, new Global(name, kind, null));
  }

  /**
   * The global of that name.
   *
   * @param script whether the file is a TorchScript archive, whose own classes are attribute trees
   * @throws IllegalArgumentException naming a global that is not listed
   */
  static Global find(String module, String name, boolean script, String where) {
    String qualified = module + "." + name;
    if (script && (module.equals(SCRIPT) || module.startsWith(SCRIPT + "."))) {
      return new Global(qualified, Kind.SCRIPT_CLASS, null);
    }
    Global found = ALLOWED.get(qualified);
    if (found == null) {
      throw new IllegalArgumentException(
          where
              + ": names the global "
              + qualified
              + ", which no plain checkpoint needs; the file was refused and nothing in it was"
              + " executed. If you trust it, load it where it was made and save"
              + " model.state_dict() alone.");
    }
    return found;
  }
}

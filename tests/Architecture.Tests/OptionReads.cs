using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace GrokForge.Architecture.Tests;

/// <summary>
/// Which properties of options the compiled product reads: a call of the getter, in code that is neither an option's own, nor the snapshot's, nor a rule's. A property
/// that is derived from another one passes its reading on.
/// </summary>
internal static class OptionReads
{
    private const int Call = 0x28;
    private const int CallVirtual = 0x6F;
    private static readonly string[] Rules = ["CrossRules", "SettingsValidator", "SettingsReport"];

    public static IReadOnlySet<(string Type, string Property)> Of(IEnumerable<string> assemblies)
    {
        var calls = assemblies.SelectMany(Calls).ToList();
        var read = calls.Where(c => !IsDerived(c.Reader.Type) && !Rules.Contains(c.Reader.Type)).Select(c => c.Getter).ToHashSet();
        for (var before = -1; before != read.Count;)
        {
            before = read.Count;
            read.UnionWith(calls.Where(c => IsDerived(c.Reader.Type) && read.Contains(c.Reader)).Select(c => c.Getter));
        }
        return read;
    }

    private static bool IsOptions(string type) => type.EndsWith("Options", StringComparison.Ordinal);

    private static bool IsDerived(string type) => IsOptions(type) || type == "SettingsSnapshot";

    private static List<((string Type, string Property) Reader, (string Type, string Property) Getter)> Calls(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        var getters = Getters(metadata);
        List<((string, string), (string, string))> calls = [];
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0)
                continue;
            var reader = (Outermost(metadata, method.GetDeclaringType()), Property(metadata.GetString(method.Name)));
            var code = file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            for (var i = 0; i + 4 < code.Length; i++)
            {
                // Other bytes may look like a call, but hardly like the call of just this getter.
                if (code[i] is Call or CallVirtual && getters.TryGetValue(BitConverter.ToInt32(code, i + 1), out var getter))
                    calls.Add((reader, getter));
            }
        }
        return calls;
    }

    private static Dictionary<int, (string Type, string Property)> Getters(MetadataReader metadata)
    {
        var getters = new Dictionary<int, (string, string)>();
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            Add(handle, metadata.GetString(metadata.GetTypeDefinition(method.GetDeclaringType()).Name), metadata.GetString(method.Name));
        }
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind == HandleKind.TypeReference)
                Add(handle, metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name), metadata.GetString(member.Name));
        }
        return getters;

        void Add(EntityHandle handle, string type, string name)
        {
            if (IsDerived(type) && name.StartsWith("get_", StringComparison.Ordinal))
                getters[MetadataTokens.GetToken(handle)] = (type, Property(name));
        }
    }

    private static string Property(string getter) => getter.StartsWith("get_", StringComparison.Ordinal) ? getter[4..] : getter;

    // A lambda or an async method lives in a type inside the one that it was written in.
    private static string Outermost(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (type.GetDeclaringType() is { IsNil: false } outer && !IsOptions(metadata.GetString(type.Name)) && metadata.GetString(type.Name)[0] == '<')
            type = metadata.GetTypeDefinition(outer);
        return metadata.GetString(type.Name);
    }
}

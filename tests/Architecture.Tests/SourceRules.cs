using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GrokForge.Architecture.Tests;

/// <summary>The house rules that one source file can break. Each answers a sentence per violation.</summary>
internal static partial class SourceRules
{
    private static readonly string[] BannedLastWords = ["Manager", "Helper", "Helpers", "Util", "Utils", "Service", "Processor", "Data", "Info"];
    private static readonly string[] ClockMembers = ["Now", "UtcNow", "Today"];
    private static readonly string[] ClockTypes = ["DateTime", "DateTimeOffset"];

    public static IEnumerable<string> FilesAreShort(SourceFile file, int most = 400)
    {
        var lines = file.Text.AsSpan().Count('\n') + 1;
        if (lines > most)
            yield return $"{file.Path}: {lines} lines; two jobs in one?";
    }

    /// <summary>A parser's one state switch may be longer, marked so by a comment "one state switch" before or in it.</summary>
    public static IEnumerable<string> MethodsAreShort(SourceFile file, int most = 60)
    {
        foreach (var method in file.Tree.GetRoot().DescendantNodes().OfType<BaseMethodDeclarationSyntax>())
        {
            var body = (SyntaxNode?)method.Body ?? method.ExpressionBody;
            if (body is null)
                continue;
            var span = body.GetLocation().GetLineSpan();
            var lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
            if (lines > most && !method.ToFullString().Contains("one state switch", StringComparison.OrdinalIgnoreCase))
                yield return $"{file.Path}:{span.StartLinePosition.Line + 1}: {lines} lines in one method";
        }
    }

    public static IEnumerable<string> TypeNamesSayTheirJob(SourceFile file) =>
        from type in AllTypes(file)
        let name = NameOf(type)
        let banned = Array.Find(BannedLastWords, word => name.EndsWith(word, StringComparison.Ordinal))
        where banned is not null
        select $"{file.Path}: {name} ends in {banned}";

    public static IEnumerable<string> ClassesAreSealedOrStatic(SourceFile file) =>
        from type in Types(file)
        where type is ClassDeclarationSyntax or RecordDeclarationSyntax { ClassOrStructKeyword.RawKind: not (int)SyntaxKind.StructKeyword }
        where !type.Modifiers.Any(m => m.Kind() is SyntaxKind.SealedKeyword or SyntaxKind.StaticKeyword or SyntaxKind.AbstractKeyword)
        where !type.Modifiers.Any(SyntaxKind.PartialKeyword) || !file.Text.Contains($"sealed partial class {type.Identifier.Text}", StringComparison.Ordinal)
        select $"{file.Path}: {type.Identifier.Text} is neither sealed, static nor abstract";

    /// <summary>Public in a service are only its module and its options; everything else is nobody else's business.</summary>
    public static IEnumerable<string> ServiceTypesAreInternal(SourceFile file) =>
        from type in AllTypes(file)
        where type.Parent is BaseNamespaceDeclarationSyntax or CompilationUnitSyntax
        where type.Modifiers.Any(SyntaxKind.PublicKeyword)
        where !NameOf(type).EndsWith("Module", StringComparison.Ordinal) && !NameOf(type).EndsWith("Options", StringComparison.Ordinal)
        select $"{file.Path}: {NameOf(type)} is public";

    public static IEnumerable<string> TimeComesFromTheProvider(SourceFile file)
    {
        foreach (var access in file.Tree.GetRoot().DescendantNodes().OfType<MemberAccessExpressionSyntax>())
        {
            var owner = access.Expression.ToString().Split('.')[^1];
            var member = access.Name.Identifier.Text;
            if (ClockTypes.Contains(owner) && ClockMembers.Contains(member))
                yield return $"{Line(file, access)}: {owner}.{member}";
            if (owner == "Thread" && member == "Sleep")
                yield return $"{Line(file, access)}: Thread.Sleep";
        }
    }

    public static IEnumerable<string> NothingBlocksOnTasks(SourceFile file) =>
        from call in file.Tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>()
        where call.ToString().EndsWith(".GetAwaiter().GetResult()", StringComparison.Ordinal)
        select $"{Line(file, call)}: GetAwaiter().GetResult()";

    /// <summary>A cancellation token that is optional is a token that gets lost.</summary>
    public static IEnumerable<string> CancellationTokensAreLastAndRequired(SourceFile file)
    {
        foreach (var method in file.Tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>())
        {
            var parameters = method.ParameterList.Parameters;
            var index = parameters.IndexOf(p => p.Type?.ToString() == "CancellationToken");
            if (index < 0)
                continue;
            if (parameters[index].Default is not null)
                yield return $"{Line(file, method)}: {method.Identifier.Text} has an optional CancellationToken";
            if (parameters.Skip(index + 1).Any(p => p.Type?.ToString() != "CancellationToken" && p.Default is null && !p.Modifiers.Any(SyntaxKind.OutKeyword)))
                yield return $"{Line(file, method)}: {method.Identifier.Text} takes its CancellationToken before other parameters";
        }
    }

    public static IEnumerable<string> ConstructorsAreSmall(SourceFile file, int most = 5) =>
        from type in Types(file)
        where type is ClassDeclarationSyntax
        let primary = type.ParameterList?.Parameters.Count ?? 0
        let largest = type.Members.OfType<ConstructorDeclarationSyntax>().Select(c => c.ParameterList.Parameters.Count).Append(primary).Max()
        where largest > most
        select $"{file.Path}: {type.Identifier.Text} takes {largest} dependencies";

    public static IEnumerable<string> EveryTypeSaysWhatItIsFor(SourceFile file) =>
        from type in AllTypes(file)
        where type.Parent is BaseNamespaceDeclarationSyntax
        where !type.GetLeadingTrivia().ToFullString().Contains("<summary>", StringComparison.Ordinal)
            && !type.GetLeadingTrivia().ToFullString().Contains("<inheritdoc", StringComparison.Ordinal)
        where !type.Modifiers.Any(SyntaxKind.PartialKeyword)
        select $"{file.Path}: {NameOf(type)} has no summary";

    public static IEnumerable<string> LogsAreGenerated(SourceFile file) =>
        from call in file.Tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>()
        let name = (call.Expression as MemberAccessExpressionSyntax)?.Name.Identifier.Text
        where name is "LogTrace" or "LogDebug" or "LogInformation" or "LogWarning" or "LogError" or "LogCritical"
        select $"{Line(file, call)}: {name}";

    /// <summary>A client made in another way could read a stream that nobody validates.</summary>
    public static IEnumerable<string> GatewaysAreAskedByWatchedClients(SourceFile file) =>
        from Match made in UnwatchedClient().Matches(file.Text)
        select $"{file.Path}: '{made.Value}' where WatchedClient.Of would see what it reads";

    [GeneratedRegex(@"\bnew (HttpClient|HttpMessageInvoker|TcpClient)\b|\b(HttpClient|HttpMessageInvoker|TcpClient) \w+ = new\(")]
    private static partial Regex UnwatchedClient();

    public static IEnumerable<string> NothingIsLeftUnfinished(SourceFile file)
    {
        foreach (var word in new[] { "NotImplemented" + "Exception", "TO" + "DO", "FIX" + "ME", "HA" + "CK" })
        {
            if (file.Text.Contains(word, StringComparison.Ordinal))
                yield return $"{file.Path}: {word}";
        }
    }

    /// <summary>Enums and delegates too.</summary>
    private static IEnumerable<MemberDeclarationSyntax> AllTypes(SourceFile file) =>
        file.Tree.GetRoot().DescendantNodes().OfType<MemberDeclarationSyntax>().Where(m => m is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax);

    private static string NameOf(MemberDeclarationSyntax type) => type is BaseTypeDeclarationSyntax named ? named.Identifier.Text : ((DelegateDeclarationSyntax)type).Identifier.Text;

    private static IEnumerable<TypeDeclarationSyntax> Types(SourceFile file) => file.Tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>();

    private static string Line(SourceFile file, SyntaxNode node) => $"{file.Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}

using GrokForge.Contracts.Tokens;

namespace GrokForge.Admin.Tokens.Import;

/// <summary>How many tokens of an import came to what end.</summary>
internal sealed class ImportCounts
{
    /// <summary>New in the pool.</summary>
    public int Added { get; private set; }

    /// <summary>There already, but unreadable since their key was lost: their text was kept anew.</summary>
    public int Revived { get; private set; }

    /// <summary>There already, or twice in the import.</summary>
    public int Duplicate { get; private set; }

    public int Invalid { get; private set; }

    /// <summary>The word for one result, as reports have it.</summary>
    public static string Word(ImportTokenResult result) => result.Outcome switch
    {
        ImportTokenResult.Types.Outcome.Added => "added",
        ImportTokenResult.Types.Outcome.Revived => "revived",
        ImportTokenResult.Types.Outcome.Duplicate => "duplicate",
        _ => "invalid",
    };

    public static bool IsIn(ImportTokenResult result) => result.Outcome is ImportTokenResult.Types.Outcome.Added or ImportTokenResult.Types.Outcome.Revived;

    public void Count(ImportTokenResult result)
    {
        switch (result.Outcome)
        {
            case ImportTokenResult.Types.Outcome.Added:
                Added++;
                break;
            case ImportTokenResult.Types.Outcome.Revived:
                Revived++;
                break;
            case ImportTokenResult.Types.Outcome.Duplicate:
                Duplicate++;
                break;
            default:
                Invalid++;
                break;
        }
    }
}

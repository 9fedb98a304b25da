using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Names tables and columns in snake_case and puts them into the service's schema, or behind its prefix.</summary>
internal sealed class StoreNaming(string schema, bool prefixed) : IModelFinalizingConvention
{
    public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
    {
        foreach (var entity in modelBuilder.Metadata.GetEntityTypes())
        {
            if (entity.GetTableName() is not { } name || entity.IsMappedToJson())
                continue;

            var mutable = (IMutableEntityType)entity;
            var table = SnakeCase(name);
            var column = StoreObjectIdentifier.Table(name, entity.GetSchema());
            foreach (var property in entity.GetProperties())
                property.Builder.HasColumnName(SnakeCase(property.GetColumnName(column) ?? property.Name));
            mutable.SetTableName(prefixed ? $"{schema}_{table}" : table);
            mutable.SetSchema(prefixed ? null : schema);
        }
    }

    /// <summary>DailyUsed → daily_used; names already in snake_case stay.</summary>
    internal static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (char.IsUpper(c))
            {
                var startsWord = i > 0 && name[i - 1] != '_' && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
                if (startsWord)
                    text.Append('_');
                c = char.ToLowerInvariant(c);
            }
            text.Append(c);
        }
        return text.ToString();
    }
}
